"""What the dashboard shows: rows of widgets, and the metrics in them."""
