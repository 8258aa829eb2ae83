package host

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeys reports whether a terminal does what ECMA-48 sequences say, and asks it to: Windows' own console does since
// Windows 10, but only for who wants it. https://learn.microsoft.com/windows/console/setconsolemode
func obeys(file *os.File) bool {
	var mode uint32
	console := windows.Handle(file.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 ||
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
