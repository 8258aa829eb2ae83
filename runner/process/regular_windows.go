package process

// openNoFollow is nothing on Windows: the look before opening has to do.
const openNoFollow = 0
