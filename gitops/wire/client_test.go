package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestASlowTransferIsNeverCutAndAStalledOneIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		c := &idleConn{here, 2 * time.Minute}
		go func() { // a byte each way, every minute and a half, for a day
			for range 24 * 40 {
				time.Sleep(90 * time.Second)
				var b [1]byte
				if _, err := io.ReadFull(there, b[:]); err != nil {
					return
				}
				if _, err := there.Write(b[:]); err != nil {
					return
				}
			}
		}()
		begun := time.Now()
		for range 24 * 40 {
			if _, err := c.Write([]byte{1}); err != nil {
				t.Fatalf("a slow write after %s: %v", time.Since(begun), err)
			}
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Fatalf("a slow read after %s: %v", time.Since(begun), err)
			}
		}
		begun = time.Now()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != 2*time.Minute {
			t.Errorf("a stalled read ended after %s: %v", time.Since(begun), err)
		}
		begun = time.Now()
		if _, err := c.Write([]byte{1}); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != 2*time.Minute {
			t.Errorf("a stalled write ended after %s: %v", time.Since(begun), err)
		}
		_ = here.Close()
		_ = there.Close()
	})
}
