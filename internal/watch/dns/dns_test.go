package dns

import "testing"

// TestCarried looks for texts in names: those that were encoded are found, those that people and networks make are none.
func TestCarried(t *testing.T) {
	for name, want := range map[string]int{
		"Y2FyZCA0MTExIGZvciBBbm4gTGVl.x.example.com":           21, // Base64
		"a.Y2FyZCA0MTExIGZvciBBbm4gTGVlMQ==.x.example.com":     22, // with its end filled up
		"73656c656374202a2066726f6d206361726473.x.example.com": 19, // hexadecimal
		"obqxg43xn5zgiidpmyqg64temvzhg.x.example.com":          18, // Base32
		"www.example.com": 0,
		"internationalization-of-names.example.com":         0,
		"thequickbrownfoxjumpsoverthelazydog.example.com":   0,
		"3f2b9c1e4d5a6f708192a3b4c5d6e7f8.cdn.example.com":  0, // a sum
		"c2VydmljZXPkuK1pZGVudGlmaWVy.registry.example.com": 0, // of no ASCII
		"================.example.com":                      0,
		"":                                                  0,
	} {
		if got := carried(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
