"""What more workers bring, each held to a share of a core, and what they ask of the engines."""
