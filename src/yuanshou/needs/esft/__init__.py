"""WHO's COVID-19 Essential Supplies Forecasting Tool, as its R package `esft` computes it, faults included.

For comparison with plans already made that way; `yuanshou.needs.quantify` is the chain to plan with. The tables
are not part of Yuanshou: a user loads them from a folder. The one thing easily confused: where this code looks
wrong (a first week repeated, admissions lost at the start), it reproduces what the reference does.
"""
