package demo

import (
	"errors"
	"fmt"
	"net"
)

// LANAuto asks LANAddress to find an address.
const LANAuto = "auto"

// LANAddress is the IP address of this machine that phones in its local network can reach: the one given, or that of
// the interface towards other networks if it is LANAuto.
func LANAddress(want string) (string, error) {
	if want == LANAuto {
		// Connecting a UDP socket sends nothing; it only asks for the route. 192.0.2.0/24 is set aside for documentation.
		for _, far := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} {
			if c, err := net.Dial("udp", far); err == nil {
				ip := c.LocalAddr().(*net.UDPAddr).IP
				_ = c.Close()
				if ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() {
					return ip.String(), nil
				}
			}
		}
		return "", errors.New("--lan: this machine has no address in another network; name one: --lan=192.168.1.20")
	}
	ip := net.ParseIP(want)
	if ip == nil {
		return "", fmt.Errorf("--lan: %q is not an IP address", want)
	}
	if ip.IsLoopback() || ip.IsUnspecified() {
		return "", fmt.Errorf("--lan: no phone can reach %s", ip)
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("--lan: %w", err)
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return ip.String(), nil
		}
	}
	return "", fmt.Errorf("--lan: %s is not an address of this machine", ip)
}

// lanAddress is the port of address at the LAN address ip.
func lanAddress(ip, address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ip
	}
	return net.JoinHostPort(ip, port)
}
