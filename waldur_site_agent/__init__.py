"""The Waldur Site Agent: what is ordered in the Waldur marketplace becomes real at a site.

The public part is ``waldur_site_agent.backend``, the plugin contract.
"""
