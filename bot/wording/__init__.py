"""Every sentence that a person reads, by audience. To translate Soundings is to translate this."""
