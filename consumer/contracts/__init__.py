"""What goes over the wire: pydantic models, CloudEvents headers, canonical bytes."""
