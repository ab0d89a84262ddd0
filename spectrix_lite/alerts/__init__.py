"""Alerts: rules that are asked of what arrives, and how somebody is told; knows hub and storage, and never imports HTTP
handlers.
"""
