"""What is done to the processes and to the world around them; each fault counts how often it really ran."""
