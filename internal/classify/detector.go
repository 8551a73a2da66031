package classify

// detectorFile is one file of detectors: one category.
type detectorFile struct {
	Category  string     `yaml:"category"`
	Detectors []Detector `yaml:"detectors"`
}

// Detector is one kind of data.
type Detector struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	Level string `yaml:"level"`
	// Names are words or phrases that, in a column's name, say that it holds this type; "card number" is also found as
	// card_number, cardNumber and CARDNUMBER. Hints make it likelier only. Except rules it out.
	Names  []string `yaml:"names"`
	Hints  []string `yaml:"hints"`
	Except []string `yaml:"except"`

	// Types are column types of databases that hold this and nothing else: inet. Tables are words in a table's name that
	// make a hint as good as a name.
	Types  []string `yaml:"types"`
	Tables []string `yaml:"tables"`

	Value  Form `yaml:"value"`  // a whole value, whatever the column is called
	Named  Form `yaml:"named"`  // a whole value in a column whose name or hint fits
	Inside Form `yaml:"inside"` // a part of a text; the pattern "value" stands for Value's pattern and check

	// Values is a closed list of values, in any case, in place of Named's pattern.
	Values []string `yaml:"values"`
	// Keywords must stand in the column's name, path, comment or its table's name for a whole value to count at all.
	Keywords []string `yaml:"keywords"`
	// Entropy is the least that a value must have, in bits per byte.
	Entropy float64 `yaml:"entropy"`
	// NameOnly says that values can agree with the name and never confirm it: the verdict stays possible, unless one
	// of Siblings is found in the same table. For other types a sibling makes up for half of the share that is missing.
	NameOnly bool     `yaml:"name_only"`
	Siblings []string `yaml:"siblings"`
	// NeedsSibling says that the type is sensitive where it is of people: alone in its table it is possible at most.
	NeedsSibling bool `yaml:"needs_sibling"`
	// ClearShare replaces Named.Share where the column's name is clear.
	ClearShare float64 `yaml:"clear_share"`
	// Pair holds words for the two halves of a pair of columns, such as latitude and longitude; without its other half a
	// column is possible at most.
	Pair [][]string `yaml:"pair"`
	// Property marks a type that is reported of a column beside its verdict.
	Property bool `yaml:"property"`

	Random  Random   `yaml:"random"`
	Row     string   `yaml:"row"`    // the row of the facts table this detector implements
	Source  string   `yaml:"source"` // the standard or the vendor's documentation
	Valid   []string `yaml:"valid"`
	Invalid []string `yaml:"invalid"`

	category string
	file     string
	line     int
	names    []term
	hints    []term
	except   []term
	tables   []term
	pair     [2][]term
	values   nameList
	keywords []term
}

// Form is how values look, and what the ones of the type pass beyond that.
type Form struct {
	Pattern string `yaml:"pattern"` // RE2 without assertions; it covers the whole value, or the whole part of a text
	Check   string `yaml:"check"`   // the name of a registered check; empty when the pattern says it all
	// Rate is how often a value that has the pattern passes without being of the type: the check's random pass rate, or
	// where there is no check, how often ordinary values look like this.
	Rate float64 `yaml:"rate"`
	// Share is the least share of a column's values that have to pass for the column to be of the type.
	Share float64 `yaml:"share"`

	check func([]byte) bool
}

func (f *Form) set() bool { return f.Pattern != "" }

// Random is the pass rate of random values of one shape, measured; see TestRandomPassRates.
type Random struct {
	// Shape is a template: 9 a digit, A an upper case letter, X either, anything else itself.
	Shape string  `yaml:"shape"`
	Rate  float64 `yaml:"rate"`
}

// checks are what Form.Check may name.
var checks = map[string]func([]byte) bool{
	"aadhaar": checkAadhaar, "aba": checkABA, "address": checkAddress, "age": checkAge, "ahv": checkAHV,
	"aws-assigned": checkAWSAssigned, "aws-key": checkAWSKey, "aws-secret": checkAWSSecret, "bic": checkBIC, "birthdate": checkBirthdate,
	"bitcoin": checkBitcoin, "bsn": checkBSN, "card": checkCard, "cartao": checkCartao, "china": checkChinese,
	"cnpj": checkCNPJ, "codice-fiscale": checkFiscalCode, "coordinate": checkCoordinate, "cpf": checkCPF, "cpr": checkCPR,
	"credentials": checkCredentials, "cuit": checkCUIT, "curp": checkCURP, "dea": checkDEA, "dni": checkDNI,
	"dvla": checkDVLA, "ein": checkEIN, "email": checkEmail, "ethereum": checkEthereum, "expiry": checkExpiry,
	"fodselsnummer": checkFodselsnummer, "full-name": checkFullName, "github": checkGitHub, "hetu": checkHETU,
	"iban": checkIBAN, "icd10": checkICD10, "idnr": checkIdNr, "imei": checkIMEI, "in-pan": checkIndianPAN, "ip": checkIP,
	"itin": checkITIN, "jwt": checkJWT, "loinc": checkLOINC, "luhn": checkLuhn, "mac": checkMAC, "mbi": checkMBI,
	"medicare-au": checkAustralianMedicare, "mod97": checkMod97, "named-address": checkNamedAddress,
	"named-ip": checkNamedIP, "named-phone": checkNamedPhone, "ndc": checkNDC, "nhs": checkNHS, "nie": checkNIE, "nino": checkNINO, "nir": checkNIR,
	"npi": checkNPI, "password": checkPassword, "person": checkPerson, "personnummer": checkPersonnummer,
	"pesel": checkPESEL, "phone": checkPhone, "phone-in-text": checkPhoneInText, "rijksregister": checkBelgian, "rrn": checkRRN, "rut": checkRUT,
	"sin": checkSIN, "snomed": checkSNOMED, "ssn": checkSSN, "tckn": checkTCKN, "tfn": checkTFN, "track": checkTrack,
	"verhoeff": checkVerhoeff, "vin": checkVIN, "za-id": checkSouthAfrican,
}
