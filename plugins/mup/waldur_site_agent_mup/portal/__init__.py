"""The portal's REST API, in MUP's units and words.

What is looked up is there or surely not there (None); where that could not be told,
BackendUnavailableError is raised. A refusal is a BackendError.
"""
