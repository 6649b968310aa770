package explorer

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// verifyWords are the texts of the page that checks any proof.
var verifyWords = map[string][2]string{
	"verify.title":  {"核对一份证明", "Check a proof"},
	"verify.lead":   {"在您自己的设备上核对任何节点给出的证明。打开过一次之后，没有网络也能用。", "Checks a proof by any node on your own device. Works without a network once it was open."},
	"verify.script": {"本页需要脚本。没有脚本时，请用下面的命令。", "This page needs scripts. Without them use the command below."},
	"verify.link":   {"商品链接、编号或证明的地址", "Link or identifier of a thing, or the address of a proof"},
	"verify.file":   {"或证明文件（可拖到本页）", "or a proof file (drop it anywhere here)"},
	"verify.trust":  {"信任文件 trust.json（不选则用本浏览器固定的账本）", "Trust file trust.json (else what this browser has pinned)"},
	"verify.submit": {"核对", "Check"},
	"verify.other":  {"不经过本服务器", "Without this server"},
	"verify.limits": {"本页的程序来自本服务器，挡不住服务器本身作假。同一份文件可以用命令行、另一家运营方的 /verify 页或 npm 包 @suyuan/verify 再核对一遍。", "This page's program comes from this server and can't protect you against it. The same file can be checked by the command line, by another operator's /verify, or by the npm package @suyuan/verify."},
}

// mountVerify registers the page that checks any proof, and what lets a browser keep it.
func (s *server) mountVerify(e *echo.Echo) {
	e.GET("/verify", func(c echo.Context) error {
		pg := s.newPage(c, nil)
		pg.Title, pg.Script, pg.Peers, pg.Manifest = pg.T("verify.title"), s.pages.verify[pg.Lang], strings.Join(s.Peers, " "), "/verify.webmanifest?lang="+string(pg.Lang)
		return s.send(c, http.StatusOK, "verify", pg)
	})
	e.GET("/verify.sw.js", func(c echo.Context) error {
		worker, err := fs.ReadFile(assets, "web/dist/verify.sw.js")
		if err != nil {
			return echo.ErrNotFound
		}
		files, err := json.Marshal([]string{"/verify?lang=zh", "/verify?lang=en", s.pages.verify[ZH], s.pages.verify[EN], "/assets/ed25519.js"})
		if err != nil {
			return fmt.Errorf("addresses of the page: %w", err)
		}
		c.Response().Header().Set("Cache-Control", "no-cache")
		return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", append([]byte("const files="+string(files)+";\n"), worker...))
	})
	e.GET("/verify.webmanifest", manifest)
}

// icon is the mark of the pages, as they carry it.
const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='6' fill='%23232320'/%3E" +
	"%3Cpath d='M9 8h14M9 16h14M9 24h14M16 8v16' stroke='%23fff' stroke-width='2.5' fill='none'/%3E%3C/svg%3E"

// manifest lets a phone install the page that checks any proof, or the scan page whose path it is asked for.
func manifest(c echo.Context) error {
	l := lang(c)
	name, start, scope := l.Say("verify.title"), "/verify", "/verify"
	if page := c.QueryParam("page"); page != "" {
		id, err := gs1.ParsePath(page)
		if err != nil {
			return problem.Titled(http.StatusBadRequest, "Malformed identifier", "page: "+err.Error()).Write(c.Response(), c.Request())
		}
		name, start, scope = shortCode(id), id.FullPath(), "/"
	}
	return c.JSON(http.StatusOK, map[string]any{"name": name + " · " + l.Say("brand"), "short_name": name, "lang": l.Tag(),
		"id": start, "start_url": start + "?lang=" + string(l), "scope": scope, "display": "standalone", "background_color": "#f7f5f0", "theme_color": "#f7f5f0",
		"icons": []map[string]string{{"src": icon, "sizes": "any", "type": "image/svg+xml"}}})
}
