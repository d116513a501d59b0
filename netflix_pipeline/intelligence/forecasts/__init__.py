"""How much will be watched: forecasts by day with their quantiles, and how good they have been."""
