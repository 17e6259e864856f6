"""A graph of ONNX as a module of torch."""
