"""The one map that the layers are without activation functions (exercise 2.1)."""
