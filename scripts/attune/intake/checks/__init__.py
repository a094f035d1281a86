"""Responses: raw sheets become one row per completed questionnaire, with every violation."""
