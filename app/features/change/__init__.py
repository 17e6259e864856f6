"""What training changes from picture to picture."""
