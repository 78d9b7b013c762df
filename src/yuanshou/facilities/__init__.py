"""Plans for hundreds of thousands of facilities: tables in, parts that share nothing, results by region out."""
