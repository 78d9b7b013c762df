"""What may come: a `SurveillanceSeries` becomes a `Forecast` with honest spread."""
