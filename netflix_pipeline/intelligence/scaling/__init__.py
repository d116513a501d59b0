"""Predictive scaling: demand forecast minutes ahead, turned into replicas by measured rates."""
