/**
 * The parser's names → the names that people know. It takes some from the header as they are
 * written there, so all are looked up in lower case.
 */
const BROWSERS = table({
  "360": "360 Browser",
  baidu: "Baidu Browser",
  chrome: "Chrome",
  "chrome headless": "Chrome",
  chromium: "Chromium",
  edge: "Edge",
  firefox: "Firefox",
  gsa: "Google App",
  ie: "Internet Explorer",
  iemobile: "Internet Explorer",
  kakaotalk: "KakaoTalk",
  maxthon: "Maxthon",
  "mobile chrome": "Chrome",
  "mobile firefox": "Firefox",
  "mobile safari": "Safari",
  naver: "Naver",
  opera: "Opera",
  "opera mobi": "Opera Mobile",
  "opera tablet": "Opera Mobile",
  qqbrowser: "QQ Browser",
  qqbrowserlite: "QQ Browser",
  safari: "Safari",
  silk: "Amazon Silk",
  ucbrowser: "UC Browser",
  yandex: "Yandex Browser",
});

const SYSTEMS = table({
  android: "Android",
  "android-x86": "Android",
  "chromium os": "ChromeOS",
  freebsd: "FreeBSD",
  harmonyos: "HarmonyOS",
  kaios: "KaiOS",
  "mac os": "macOS",
  netbsd: "NetBSD",
  nintendo: "Nintendo",
  openbsd: "OpenBSD",
  openharmony: "HarmonyOS",
  playstation: "PlayStation",
  tizen: "Tizen",
  viera: "Viera",
  webos: "webOS",
  windows: "Windows",
  "windows iot": "Windows",
  "windows mobile": "Windows Mobile",
  "windows phone": "Windows Phone",
  "windows phone os": "Windows Phone",
  xbox: "Xbox",
});

const LINUX_DISTRIBUTIONS = new Set(
  [
    "arch, centos, debian, deepin, elementary os, fedora, gentoo, kubuntu, linpus, linspire, linux, lubuntu, mageia, mandriva, manjaro",
    "mint, opensuse, pclinuxos, raspbian, red hat, redhat, sabayon, slackware, suse, ubuntu, vectorlinux, xubuntu, zenwalk",
  ].flatMap((names) => names.split(", ")),
);

/** mobile, tablet, console, wearable and embedded are the parser's own names too. */
const DEVICES = table({ smarttv: "tv" });

function table(names: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(names));
}

export const browserName = (name: string | undefined): string | null => rename(BROWSERS, name);

/** Distributions of Linux are Linux. */
export const osName = (name: string | undefined): string | null =>
  name !== undefined && LINUX_DISTRIBUTIONS.has(name.toLowerCase()) ? "Linux" : rename(SYSTEMS, name);

export const deviceName = (type: string | undefined): string | null => rename(DEVICES, type);

function rename(names: ReadonlyMap<string, string>, name: string | undefined): string | null {
  if (name === undefined || name === "") return null;
  return names.get(name.toLowerCase()) ?? name;
}
