/**
 * The style of the waiting page. It is short because the page is one request; its colours are those of `static/app.css`. What moves nothing on
 * the page is in the style of the extras.
 */
export const waitingStyle = `
:root{--bg:#f6f5fa;--card:#fff;--ink:#1c1830;--muted:#5d5873;--accent:#5b34d6;--on:#fff;--line:#e2dfee;--good:#0b6b48;--warn:#8a4b00;--warn-bg:#fdeed8}
@media(prefers-color-scheme:dark){:root{--bg:#121019;--card:#1d1a28;--ink:#f2f0fa;--muted:#aea8c6;--accent:#a48bff;--on:#14101f;--line:#353046;--good:#7fe0b4;--warn:#ffc078;--warn-bg:#40290d}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;min-height:100vh;display:grid;place-items:start center;padding:5vh 1rem;background:var(--bg);color:var(--ink);word-break:keep-all;overflow-wrap:anywhere;
font:1rem/1.6 "Apple SD Gothic Neo","Noto Sans KR",system-ui,sans-serif}
main{width:100%;max-width:29rem;text-align:center}
.logo{display:inline-flex;align-items:center;gap:.5rem;margin:0 0 1rem;font-weight:800;font-size:1.125rem;letter-spacing:-.03em}
.logo svg{fill:var(--accent)}.logo path+path{stroke:var(--bg);stroke-width:2;stroke-dasharray:2.5 2.5}
.card{background:var(--card);border:1px solid var(--line);border-radius:1.25rem;padding:1.5rem}
.title{margin:0 0 .5rem;color:var(--muted);font-weight:600}
h1{margin:0 0 .5rem;font-size:1.625rem;line-height:1.3;letter-spacing:-.02em;text-wrap:balance}
.muted{color:var(--muted);margin:0}.small{font-size:.8125rem}
.slip{position:relative;display:grid;gap:1.25rem;margin:1.5rem 0 0;padding:1.5rem 0 0;border-top:2px dashed var(--line)}
.figure{margin:0}.figure>span{display:block;color:var(--muted);font-size:.9375rem}
.figure strong{font-size:3.5rem;line-height:1.15;font-variant-numeric:tabular-nums;letter-spacing:-.03em}
.figure small{font-size:1.25rem;font-weight:600;margin-left:.15em;letter-spacing:0}
#countdown{order:-1}[data-view=ordered] #figures strong{font-size:2rem}
progress{width:100%;height:.625rem;margin-top:.75rem;accent-color:var(--accent)}
.row{display:flex;justify-content:space-between;margin:.5rem 0 0;font-weight:600}.row>span:first-child{color:var(--muted);font-weight:400}
.good,.trouble{margin:1rem 0 0;color:var(--good);font-weight:600}
.trouble{padding:.625rem 1rem;border-radius:.625rem;background:var(--warn-bg);color:var(--warn)}
.actions{display:grid;gap:.5rem;margin:1rem 0 0}.card>.small{margin-top:1rem}.actions form{margin:0}
button,.button,.quiet{display:block;width:100%;min-height:2.875rem;padding:.625rem 1rem;border-radius:.625rem;font:inherit;font-weight:700;cursor:pointer;text-decoration:none;
border:1px solid var(--accent);background:var(--accent);color:var(--on)}
#poster{height:8rem;margin:0 0 1rem}
#leave{border-top:1px solid var(--line);padding-top:.5rem;color:var(--warn);font-size:.875rem}summary{cursor:pointer;min-height:2rem}
.quiet{background:none;border:0;color:var(--muted);font-weight:500}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
`.trim()
