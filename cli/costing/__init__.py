"""What the pictures cost: `darkroom cost` reads what ran and prices it."""
