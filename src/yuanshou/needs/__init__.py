"""What it takes: a `Forecast` becomes `Needs`, by item, place and week, as a distribution."""
