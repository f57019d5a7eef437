"""What the drift monitor does on undrifted traffic, on broken traffic, and what it costs."""
