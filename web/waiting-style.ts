/** The waiting page's style: small, since the page is one request. Its colours are those of `static/app.css`. */
export const waitingStyle = `
:root{--bg:#f6f5fa;--card:#fff;--ink:#1c1830;--muted:#5d5873;--accent:#5b34d6;--on:#fff;--line:#e2dfee;--warn:#8a4b00}
@media(prefers-color-scheme:dark){:root{--bg:#121019;--card:#1d1a28;--ink:#f2f0fa;--muted:#aea8c6;--accent:#a48bff;--on:#14101f;--line:#353046;--warn:#ffc078}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--bg);color:var(--ink);word-break:keep-all;overflow-wrap:anywhere;
font:1rem/1.6 Pretendard,"Apple SD Gothic Neo","Noto Sans KR","Noto Sans CJK KR",system-ui,sans-serif}
main{width:100%;max-width:28rem;background:var(--card);border:1px solid var(--line);border-radius:1.25rem;padding:2rem 1.5rem;text-align:center}
.logo{margin:0 0 1.25rem;font-weight:800;color:var(--accent);letter-spacing:-.02em}
.title{margin:0;color:var(--muted);font-weight:600}
h1{margin:.25rem 0 .5rem;font-size:1.6rem;line-height:1.3;letter-spacing:-.02em}
.muted{color:var(--muted);margin:.25rem 0}.small{font-size:.8125rem}
.figure{margin:1.5rem 0 .75rem}.figure>span{display:block;color:var(--muted);font-size:.9375rem}
.figure strong{font-size:3.25rem;line-height:1.15;font-variant-numeric:tabular-nums;letter-spacing:-.03em}
.figure small{font-size:1.25rem;font-weight:600;margin-left:.15em}
progress{width:100%;height:.625rem;appearance:none;border:0;border-radius:1rem;overflow:hidden;background:var(--line)}
progress::-webkit-progress-bar{background:var(--line)}progress::-webkit-progress-value{background:var(--accent);transition:width .6s}
progress::-moz-progress-bar{background:var(--accent)}
.row{display:flex;justify-content:space-between;margin:.75rem 0 0;font-weight:600}.row span:first-child{color:var(--muted);font-weight:400}
.trouble{color:var(--warn);font-weight:600}
.actions{display:grid;gap:.5rem;margin:1.5rem 0 1rem}.actions form{margin:0}
button,.quiet{display:block;width:100%;min-height:2.75rem;padding:.625rem 1rem;border-radius:.75rem;font:inherit;font-weight:700;cursor:pointer;text-decoration:none;
border:1px solid var(--accent);background:var(--accent);color:var(--on)}
.quiet{background:none;border-color:transparent;color:var(--muted);font-weight:500}.quiet:hover{text-decoration:underline}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
[data-face=turn] main{border-color:var(--accent);box-shadow:0 0 0 3px var(--accent)}
@media(prefers-reduced-motion:reduce){progress::-webkit-progress-value{transition:none}}
`.trim()
