"""Calendar text in and out (RFC 5545, 5546): pure functions, and the only place that knows the icalendar
package.
"""
