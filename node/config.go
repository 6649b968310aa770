package node

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
	"golang.org/x/crypto/acme/autocert"

	"github.com/suyuan-ledger/suyuan/chain"
)

// Config is everything that can be set about a node. The doc tags are the reference: flags, the
// commented file that init writes and docs/reference/configuration.md come from them.
// Precedence: flags, then SUYUAN_… environment, then suyuan.toml, then the defaults.
type Config struct {
	Name             string   `koanf:"name" doc:"name of this node in logs and to its peers"`
	HTTP             string   `koanf:"http" doc:"address the HTTP server listens on: pages, EPCIS, RPC, metrics"`
	HTTPMore         []string `koanf:"http_more" doc:"further addresses the HTTP server listens on, such as this machine's in its local network"`
	PublicURL        string   `koanf:"public_url" doc:"URL under which others reach this node; empty: http(s):// and the listening address or the first of acme_domains"`
	TLSCert          string   `koanf:"tls_cert" doc:"file with the certificate chain of the HTTP server in PEM, relative to the home folder; a renewed one is taken up; empty: plain HTTP, or ACME"`
	TLSKey           string   `koanf:"tls_key" doc:"file with the private key of tls_cert in PEM, relative to the home folder"`
	ACMEDomains      []string `koanf:"acme_domains" doc:"host names to get certificates for by ACME; naming them accepts the authority's terms; it must reach port 443 or, at http_redirect, port 80"`
	ACMEEmail        string   `koanf:"acme_email" doc:"address that the ACME authority may write to; may be empty"`
	ACMEDirectory    string   `koanf:"acme_directory" doc:"directory URL of the ACME authority"`
	HTTPRedirect     string   `koanf:"http_redirect" doc:"address for plain HTTP beside TLS, usually :80: answers ACME challenges and redirects to https; empty: none"`
	LinkDomain       string   `koanf:"link_domain" doc:"scheme and host in QR codes and Digital Links; empty: public_url"`
	PeersPublic      []string `koanf:"peers_public" doc:"URLs of other operators' nodes, scheme and host, which readers of this node's pages may ask for a second opinion"`
	P2PListen        string   `koanf:"p2p_listen" doc:"address for peers (UDP for libp2p, TCP for classic); empty: host and port of http, which classic must not share"`
	P2PTransport     string   `koanf:"p2p_transport" doc:"libp2p (QUIC) or classic (CometBFT's TCP transport); the same on all nodes"`
	P2PPeers         []string `koanf:"p2p_peers" doc:"peers to dial, each ID@HOST:PORT; members by this list even before the ledger names them"`
	KeystorePassword string   `koanf:"keystore_password" doc:"password of the keystore; prefer keystore_password_file or the environment"`
	KeystorePassFile string   `koanf:"keystore_password_file" doc:"file that holds the password of the keystore; relative to the home folder"`
	RPCDebug         bool     `koanf:"rpc_debug" doc:"offer the debug namespace on /rpc (traces cost processor time)"`
	Profile          bool     `koanf:"profile" doc:"offer Go's profiles under /debug/pprof to callers on this machine"`
	LogLevel         string   `koanf:"log_level" doc:"debug, info, warn or error"`
	LogFormat        string   `koanf:"log_format" doc:"text or json"`
	MaxBodyMiB       int      `koanf:"max_body_mib" doc:"largest request body in MiB"`
	RateLimit        float64  `koanf:"rate_limit" doc:"requests a second for one address without an API key; 0: no limit"`
	KeyRateLimit     float64  `koanf:"key_rate_limit" doc:"requests a second for one API key that has no rate of its own; 0: no limit"`
	Connections      int      `koanf:"connections" doc:"HTTP connections that one address may have open at once; this machine itself has no limit; 0: no limit, as behind a proxy on another machine; all together never have more than half of the files this process may open (ulimit -n)"`
	ScanCounts       bool     `koanf:"scan_counts" doc:"count how often pages are scanned, coarsely and without personal data; false: remove what was counted"`
	CaptureLinger    int      `koanf:"capture_linger_ms" doc:"milliseconds a capture waits for others to share its transaction"`
	CaptureKeepDays  int      `koanf:"capture_keep_days" doc:"days for which an ended capture job can be asked for; what it recorded stays on the ledger"`
	CapturePolicy    []string `koanf:"capture_policy" doc:"who may have the bodies of a party's events where a capture doesn't say it: a list of PARTY=POLICY, PARTY an address, a registered name or default, POLICY public (open on the ledger), chain (sealed, for the parties on the way of the things) or private (sealed, for the party's operator); empty: public"`
	CaptureDisclose  []string `koanf:"capture_disclose" doc:"fields of a party's sealed events that everybody may see where a capture doesn't say it: a list of PARTY=POINTER, one pointer (RFC 6901) each; PARTY=/ alone for none; empty: type, bizStep, disposition, eventTime and eventTimeZoneOffset"`
	CacheMiB         int      `koanf:"cache_mib" doc:"memory for the caches of the ledger's state in MiB"`
	ScanCacheMiB     int      `koanf:"scan_cache_mib" doc:"memory for stories and scan pages that are kept until something they tell of changes, in MiB; 0 tells each anew"`
	FlushEvery       int      `koanf:"flush_every" doc:"EVM blocks between two flushes of the state to disk, fewer where they are full; bounds the replay after a crash"`
}

// DefaultConfig is a node that works on one machine without a configuration file.
func DefaultConfig() Config {
	return Config{
		Name:            "suyuan",
		HTTP:            "127.0.0.1:8080",
		ACMEDirectory:   autocert.DefaultACMEDirectory,
		P2PTransport:    "libp2p",
		LogLevel:        "info",
		LogFormat:       "text",
		MaxBodyMiB:      16,
		RateLimit:       50,
		KeyRateLimit:    500,
		Connections:     256,
		ScanCounts:      true,
		CaptureLinger:   100,
		CaptureKeepDays: 7,
		CacheMiB:        128,
		ScanCacheMiB:    64,
		FlushEvery:      64,
	}
}

// ConfigFile is the name of the configuration file in a node's home.
const ConfigFile = "suyuan.toml"

// AddFlags defines one flag a field, named like it with dashes.
func AddFlags(flags *pflag.FlagSet) {
	def := reflect.ValueOf(DefaultConfig())
	for f := range configFields() {
		name := strings.ReplaceAll(f.name, "_", "-")
		switch v := def.FieldByIndex(f.index).Interface().(type) {
		case string:
			flags.String(name, v, f.doc)
		case bool:
			flags.Bool(name, v, f.doc)
		case int:
			flags.Int(name, v, f.doc)
		case float64:
			flags.Float64(name, v, f.doc)
		case []string:
			flags.StringSlice(name, v, f.doc)
		}
	}
}

// LoadConfig reads the configuration of the node in home. flags may be nil. What is wrong in the file is told with its line
// and column.
func LoadConfig(home string, flags *pflag.FlagSet) (Config, error) {
	cfg := DefaultConfig()
	k := koanf.New(".")
	if err := k.Load(structs.Provider(cfg, "koanf"), nil); err != nil {
		return cfg, fmt.Errorf("defaults: %w", err)
	}
	file, err := readConfigFile(filepath.Join(home, ConfigFile))
	if err != nil {
		return cfg, err
	}
	for field, v := range file.values {
		if err := k.Set(field, v); err != nil {
			return cfg, fmt.Errorf("configuration file %s: %s: %w", file.path, field, err)
		}
	}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: "SUYUAN_", TransformFunc: envField}), nil); err != nil {
		return cfg, fmt.Errorf("environment: %w", err)
	}
	if flags != nil {
		byField := func(f *pflag.Flag) (string, any) {
			name := strings.ReplaceAll(f.Name, "-", "_")
			if !f.Changed || !isConfigField(name) {
				return "", nil
			}
			return name, posflag.FlagVal(flags, f)
		}
		if err := k.Load(posflag.ProviderWithFlag(flags, ".", k, byField), nil); err != nil {
			return cfg, fmt.Errorf("flags: %w", err)
		}
	}
	if err := k.Unmarshal("", &cfg); err != nil {
		return cfg, fmt.Errorf("configuration: %w", err)
	}
	return cfg, file.place(cfg.validate(), func(field string) bool {
		if flags != nil {
			if f := flags.Lookup(strings.ReplaceAll(field, "_", "-")); f != nil && f.Changed {
				return true
			}
		}
		return os.Getenv("SUYUAN_"+strings.ToUpper(field)) != ""
	})
}

// validate completes settings by others and refuses what can't be; each fault begins with the name of its field.
func (c *Config) validate() error {
	host, port, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return fmt.Errorf("http: %q is not HOST:PORT", c.HTTP)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("http: port %q is not a number from 1 to 65535", port)
	}
	for _, more := range c.HTTPMore {
		if _, _, err := net.SplitHostPort(more); err != nil {
			return fmt.Errorf("http_more: %q is not HOST:PORT", more)
		}
	}
	if c.P2PListen == "" {
		c.P2PListen = net.JoinHostPort(host, port)
	}
	if c.P2PTransport == string(chain.TransportClassic) && c.P2PListen == c.HTTP {
		return fmt.Errorf("p2p_listen: %s is the port of http, and the classic transport needs a TCP port of its own", c.P2PListen)
	}
	if c.PublicURL == "" {
		c.PublicURL = c.DefaultURL()
	}
	if c.LinkDomain == "" {
		c.LinkDomain = c.PublicURL
	}
	for name, v := range map[string]*string{"public_url": &c.PublicURL, "link_domain": &c.LinkDomain} {
		u, err := url.Parse(*v)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%s: %q is not an http or https URL", name, *v)
		}
		*v = strings.TrimRight(*v, "/")
	}
	for i, peer := range c.PeersPublic {
		u, err := url.Parse(peer)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil || strings.ContainsAny(u.Host, " ;,'") {
			return fmt.Errorf("peers_public: %q is not an http or https URL of scheme and host", peer)
		}
		c.PeersPublic[i] = u.Scheme + "://" + u.Host
	}
	oneOf := func(name, v string, allowed ...string) error {
		for _, a := range allowed {
			if v == a {
				return nil
			}
		}
		return fmt.Errorf("%s: %q is not one of %s", name, v, strings.Join(allowed, ", "))
	}
	atLeast := func(name string, v, least int) error {
		if v < least {
			return fmt.Errorf("%s: %d is less than %d", name, v, least)
		}
		return nil
	}
	between := func(name string, v, least, most int) error {
		if v < least || v > most {
			return fmt.Errorf("%s: %d is not from %d to %d", name, v, least, most)
		}
		return nil
	}
	notNegative := func(name string, v float64) error {
		if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: %g is not a number from 0", name, v)
		}
		return nil
	}
	_, sealing := c.sealings()
	return errors.Join(
		c.validateTLS(), sealing,
		oneOf("p2p_transport", c.P2PTransport, "libp2p", "classic"),
		oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error"),
		oneOf("log_format", c.LogFormat, "text", "json"),
		notNegative("rate_limit", c.RateLimit),
		notNegative("key_rate_limit", c.KeyRateLimit),
		notNegative("connections", float64(c.Connections)),
		atLeast("max_body_mib", c.MaxBodyMiB, 1),
		atLeast("capture_linger_ms", c.CaptureLinger, 0),
		between("capture_keep_days", c.CaptureKeepDays, 1, 3650),
		atLeast("cache_mib", c.CacheMiB, 16),
		atLeast("scan_cache_mib", c.ScanCacheMiB, 0),
		atLeast("flush_every", c.FlushEvery, 1),
	)
}

// DefaultURL is the node's URL as far as its other settings tell.
func (c *Config) DefaultURL() string {
	if len(c.ACMEDomains) == 0 {
		return c.scheme() + "://" + c.HTTP
	}
	if _, port, _ := net.SplitHostPort(c.HTTP); port != "443" {
		return "https://" + net.JoinHostPort(c.ACMEDomains[0], port)
	}
	return "https://" + c.ACMEDomains[0]
}

// LocalURL is where callers on this machine reach the node: its certificate names the public host.
func (c *Config) LocalURL() string {
	if c.secure() {
		return c.PublicURL
	}
	host, port, _ := net.SplitHostPort(c.HTTP) // validated
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Password is the keystore's: from the field (usually the environment) or from the file it names.
func (c *Config) Password(home string) (string, error) {
	if c.KeystorePassword != "" {
		return c.KeystorePassword, nil
	}
	if c.KeystorePassFile == "" {
		return "", errors.New("keystore_password_file: not set, and neither is SUYUAN_KEYSTORE_PASSWORD")
	}
	path := c.KeystorePassFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(home, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("keystore_password_file: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// WriteConfigFile writes the configuration with the doc of each field as a comment; fields that have
// their default are commented out.
func WriteConfigFile(path string, cfg Config) error {
	var b strings.Builder
	b.WriteString("# Configuration of a Suyuan node. Flags and SUYUAN_… variables win over this file.\n")
	set, def := reflect.ValueOf(cfg), reflect.ValueOf(DefaultConfig())
	for f := range configFields() {
		v, d := set.FieldByIndex(f.index).Interface(), def.FieldByIndex(f.index).Interface()
		mark := ""
		if reflect.DeepEqual(v, d) {
			mark = "# "
		}
		fmt.Fprintf(&b, "\n# %s\n%s%s = %s\n", f.doc, mark, f.name, tomlValue(v))
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case float64:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return fmt.Sprint(v)
	}
}

type configField struct {
	name, doc string
	index     []int
}

func (f configField) kind() reflect.Kind {
	return reflect.TypeFor[Config]().FieldByIndex(f.index).Type.Kind()
}

func configFields() func(yield func(configField) bool) {
	return func(yield func(configField) bool) {
		t := reflect.TypeFor[Config]()
		for i := range t.NumField() {
			f := t.Field(i)
			if !yield(configField{f.Tag.Get("koanf"), f.Tag.Get("doc"), f.Index}) {
				return
			}
		}
	}
}

func isConfigField(name string) bool {
	for f := range configFields() {
		if f.name == name {
			return true
		}
	}
	return false
}

func isListField(name string) bool {
	for f := range configFields() {
		if f.name == name {
			return reflect.TypeFor[Config]().FieldByIndex(f.index).Type.Kind() == reflect.Slice
		}
	}
	return false
}

// envField maps SUYUAN_PUBLIC_URL to public_url. Lists are separated by commas. Variables that are no field
// are others' (SUYUAN_HOME, SUYUAN_API_KEY, a script's own) and pass by.
func envField(k, v string) (string, any) {
	name := strings.ToLower(strings.TrimPrefix(k, "SUYUAN_"))
	switch {
	case !isConfigField(name):
		return "", nil
	case isListField(name):
		return name, strings.Split(v, ",")
	}
	return name, v
}

// ConfigReference is docs/reference/configuration.md.
func ConfigReference() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\nGenerated from the struct `node.Config`. Each field can be set in `suyuan.toml` in the node's folder, as an environment\n" +
		"variable, or as a flag of `suyuan start`. Flags win over the environment, the environment over the file, the file\nover the defaults.\n\n" +
		"| suyuan.toml | environment | flag | default | meaning |\n|---|---|---|---|---|\n")
	def := reflect.ValueOf(DefaultConfig())
	for f := range configFields() {
		fmt.Fprintf(&b, "| `%s` | `SUYUAN_%s` | `--%s` | `%s` | %s |\n", f.name, strings.ToUpper(f.name), strings.ReplaceAll(f.name, "_", "-"),
			tomlValue(def.FieldByIndex(f.index).Interface()), f.doc)
	}
	return b.String()
}
