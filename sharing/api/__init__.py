"""The REST API: parses, calls one function of the domain, answers JSON."""
