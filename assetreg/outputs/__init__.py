"""What goes out: data in, bytes out."""
