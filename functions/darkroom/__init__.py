"""What the steps share. Imports no step."""
