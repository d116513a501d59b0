"""What questions are made of: filters, periods and weeks, codes, and the rows of metrics."""
