"""The parts of `build_reference.py`: each has `build(data, out)`, which writes tables and returns their paths."""
