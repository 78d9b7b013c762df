"""What is going on: a `SurveillanceSeries` becomes a `Situation`."""
