package edge

type secured struct{}
type CertSource struct{}

func (c *conn) beginTLS()             {}
func (c *conn) beginLink()            {}
func (c *conn) becomeSecuring()       {}
func (c *conn) becomeSecure(*secured) {}
func (c *conn) injected()             {}
