package node

// CheckConfigFile reads a configuration file alone.
func CheckConfigFile(path string) error {
	_, err := readConfigFile(path)
	return err
}
