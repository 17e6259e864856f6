"""The network as a drawing: its units, its strongest edges, and hands that change them."""
