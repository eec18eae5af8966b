/** What a bot comes for. */
export type BotCategory =
  | "ai-training"
  | "ai-search"
  | "ai-assistant"
  | "ai-data"
  | "search"
  | "social"
  | "seo"
  | "ads"
  | "monitoring"
  | "feed"
  | "archive"
  | "security"
  | "tool";

export interface KnownBot {
  /** What its User-Agent holds, in lower case, as a word of its own. */
  readonly token: string;
  readonly name: string;
  /** Null for software that anyone can run. */
  readonly company: string | null;
  readonly category: BotCategory;
}

type Names = string | readonly [token: string, name: string];

/** Bots of one company; one whose token is not its name is given as a pair. */
function of(company: string | null, bots: Partial<Record<BotCategory, readonly Names[]>>): readonly KnownBot[] {
  return Object.entries(bots).flatMap(([category, names]) =>
    names.map((names): KnownBot => {
      const [token, name] = typeof names === "string" ? [names, names] : names;
      return { token: token.toLowerCase(), name, company, category: category as BotCategory };
    }),
  );
}

/** Bots by what they call themselves, with who runs them. Each block names where its facts come from. */
export const BOT_TABLE: readonly KnownBot[] = [
  // platform.openai.com/docs/bots
  ...of("OpenAI", {
    "ai-training": ["GPTBot"],
    "ai-search": ["OAI-SearchBot"],
    "ai-assistant": ["ChatGPT-User", "ChatGPT Agent", "OAI-AdsBot", "OpenAI"],
  }),
  // support.claude.com: "Does Anthropic crawl data from the web"; knownagents.com for the older names
  ...of("Anthropic", {
    "ai-training": ["ClaudeBot", "anthropic-ai", "Claude-Web"],
    "ai-search": ["Claude-SearchBot"],
    "ai-assistant": ["Claude-User", "Claude-Code"],
  }),
  // docs.perplexity.ai/guides/bots
  ...of("Perplexity", { "ai-search": ["PerplexityBot"], "ai-assistant": ["Perplexity-User"] }),
  // developers.google.com/search/docs/crawling-indexing: crawlers, special-case crawlers, user-triggered fetchers
  ...of("Google", {
    search: [
      "Googlebot",
      "Googlebot-Image",
      "Googlebot-Video",
      "Googlebot-News",
      "Googlebot-Mobile",
      "Storebot-Google",
      "PlayStore-Google",
      "Google-InspectionTool",
      "GoogleOther",
      "GoogleOther-Image",
      "GoogleOther-Video",
      "Google-Site-Verification",
      "Google Favicon",
      "Google Web Preview",
    ],
    "ai-training": ["Google-Extended", "Google-CloudVertexBot", "CloudVertexBot"],
    "ai-assistant": [
      "Gemini-Deep-Research",
      "Google-Agent",
      "GoogleAgent-Mariner",
      "GoogleAgent-URLContext",
      "Google-Gemini-CLI",
      "Google-NotebookLM",
      "NotebookLM",
      "Google-Firebase",
    ],
    ads: [
      "AdsBot-Google",
      "AdsBot-Google-Mobile",
      "Mediapartners-Google",
      "Google-Adwords-Instant",
      "Google-Ads-Overview",
    ],
    feed: ["FeedFetcher-Google", "GoogleProducer"],
    security: ["Google-Safety"],
    tool: [
      "APIs-Google",
      "Google-Read-Aloud",
      "Google-PageRenderer",
      "Google-Apps-Script",
      "GoogleImageProxy",
      "GoogleDocs",
      "Chrome-Lighthouse",
      "Google-Structured-Data-Testing-Tool",
      "DuplexWeb-Google",
    ],
    monitoring: ["GoogleStackdriverMonitoring-UptimeChecks"],
  }),
  // bing.com/webmasters/help: "Which crawlers does Bing use"
  ...of("Microsoft", {
    search: ["Bingbot", "BingPreview", "msnbot", "msnbot-media", "adidxbot"],
    "ai-search": ["AzureAI-SearchBot"],
    "ai-assistant": ["MicrosoftPreview"],
    social: ["SkypeUriPreview"],
  }),
  // support.apple.com/en-us/119829
  ...of("Apple", { search: ["Applebot"], "ai-training": ["Applebot-Extended"], feed: ["iTMS", "Podcasts-Bot"] }),
  // developers.facebook.com/docs/sharing/webmasters/web-crawlers
  ...of("Meta", {
    social: ["facebookexternalhit", "Facebot", "facebookcatalog", "facebookplatform"],
    "ai-training": ["meta-externalagent", "FacebookBot"],
    "ai-assistant": ["meta-externalfetcher"],
    "ai-search": ["meta-webindexer"],
    ads: ["meta-externalads"],
  }),
  ...of("WhatsApp", { social: ["WhatsApp"] }),
  // developer.amazon.com/amazonbot
  ...of("Amazon", {
    "ai-search": ["Amazonbot", "Amzn-SearchBot"],
    "ai-assistant": ["Amzn-User", "AmazonBuyForMe", "NovaAct", "amazon-QBusiness"],
    "ai-training": ["bedrockbot"],
    search: ["amazon-kendra"],
    ads: ["AmazonAdBot"],
    monitoring: ["Amazon-Route53-Health-Check-Service", "Amazon CloudFront"],
  }),
  // darkvisitors/knownagents.com and the pages that the bots name in their User-Agent
  ...of("ByteDance", { "ai-training": ["Bytespider"], search: ["TikTokSpider"] }),
  ...of("Common Crawl", { "ai-data": ["CCBot"] }),
  ...of("Cohere", { "ai-assistant": ["cohere-ai"], "ai-training": ["cohere-training-data-crawler"] }),
  ...of("Mistral AI", { "ai-assistant": ["MistralAI-User"], "ai-search": ["MistralAI-Index"] }),
  ...of("DeepSeek", { "ai-training": ["DeepSeekBot"] }),
  ...of("xAI", { "ai-search": ["xAI-SearchBot", "GrokBot", "xAI-Grok", "Grok-DeepSearch"] }),
  ...of("Ai2", { "ai-training": ["AI2Bot", "AI2Bot-Dolma", "AI2Bot-DeepResearchEval"] }),
  ...of("Huawei", { search: ["PetalBot", "AspiegelBot"], "ai-training": ["PanguBot"] }),
  ...of("Baidu", {
    search: ["Baiduspider", "Baiduspider-render", "Baiduspider-image", "Baiduspider-video", "Baiduspider-news"],
    "ai-assistant": ["YiyanBot"],
  }),
  ...of("Alibaba", { search: ["YisouSpider"], "ai-assistant": ["TongyiBot"] }),
  ...of("Zhipu AI", { "ai-training": ["ChatGLM-Spider"] }),
  ...of("Moonshot AI", { "ai-assistant": ["Kimi-User"] }),
  ...of("You.com", { "ai-search": ["YouBot"] }),
  ...of("Phind", { "ai-search": ["PhindBot"] }),
  ...of("iAsk", { "ai-search": ["iAskBot", "iaskspider"] }),
  ...of("Andi", { "ai-search": ["Andibot"] }),
  ...of("Exa", { "ai-search": ["ExaSearchBot"] }),
  ...of("Exalead", { search: ["Exabot", "Exabot-Thumbnails"] }),
  ...of("Tavily", { "ai-search": ["TavilyBot"] }),
  ...of("Linkup", { "ai-search": ["LinkupBot"] }),
  ...of("Liner", { "ai-search": ["LinerBot"] }),
  ...of("Parallel", { "ai-search": ["ShapBot", "Shap-User"] }),
  ...of("Querit", { "ai-search": ["QueritBot", "Querit-SearchBot"] }),
  ...of("Cloudflare", {
    "ai-search": ["Cloudflare-AutoRAG"],
    monitoring: ["Cloudflare-Healthchecks", "Cloudflare-AlwaysOnline", "CloudFlare-Prefetch", "Cloudflare-SSLDetector"],
  }),
  ...of("Firecrawl", { "ai-data": ["FirecrawlAgent"] }),
  ...of("Apify", { "ai-data": ["ApifyBot", "ApifyWebsiteContentCrawler"] }),
  ...of("Bright Data", { "ai-data": ["Brightbot"] }),
  ...of("Diffbot", { "ai-data": ["Diffbot"] }),
  ...of("Webz.io", { "ai-data": ["omgili", "omgilibot", "Webzio-Extended", "webzio"] }),
  ...of("LAION", { "ai-training": ["LAIONDownloader", "laion-huggingface-processor"] }),
  ...of("SB Intuitions", { "ai-training": ["SBIntuitionsBot"] }),
  ...of("Timpi", { "ai-search": ["Timpibot"] }),
  ...of("Kangaroo LLM", { "ai-training": ["Kangaroo Bot"] }),
  ...of("ImageSift", { "ai-data": ["ImagesiftBot"] }),
  ...of("Ceramic AI", { "ai-training": ["TerraCotta", "Terra Cotta"] }),
  ...of("Sidetrade", { "ai-data": ["Sidetrade indexer bot"] }),
  ...of("Velen", { "ai-data": ["VelenPublicWebCrawler"] }),
  ...of("Panscient", { "ai-data": ["panscient.com", "Panscient"] }),
  ...of("NICT", { "ai-data": ["ICC-Crawler"] }),
  ...of("ROIS", { "ai-training": ["Cotoyogi"] }),
  ...of("aiHit", { "ai-data": ["aiHitBot"] }),
  ...of("Awario", { "ai-data": ["Awario", "AwarioBot", "AwarioSmartBot", "AwarioRssBot"] }),
  ...of("Crawlspace", { "ai-data": ["Crawlspace"] }),
  ...of("FactSet", { "ai-data": ["Factset_spyderbot"] }),
  ...of("Meltwater", { "ai-data": ["Meltwater", "YaK"] }),
  ...of("Echobox", { "ai-data": ["Echobot Bot", "EchoboxBot"] }),
  ...of("Manus", { "ai-assistant": ["Manus-User"] }),
  ...of("Atlassian", { "ai-search": ["atlassian-bot"] }),
  ...of("Klaviyo", { "ai-assistant": ["KlaviyoAIBot"] }),
  ...of("Quora", { social: ["Quora-Bot", "Quora Link Preview"], "ai-assistant": ["Poe-Bot"] }),
  ...of("Kunato", { "ai-data": ["KunatoCrawler"] }),
  ...of("QuillBot", { "ai-data": ["QuillBot", "quillbot.com"] }),
  ...of(null, { "ai-data": ["img2dataset", "Crawl4AI", "FriendlyCrawler", "Lightpanda", "ISSCyberRiskCrawler"] }),
  // yandex.com/support/webmaster/robot-workings/check-yandex-robots
  ...of("Yandex", {
    search: [
      "YandexBot",
      "YandexImages",
      "YandexVideo",
      "YandexMedia",
      "YandexBlogs",
      "YandexNews",
      "YandexMobileBot",
      "YandexRenderResourcesBot",
      "YandexAccessibilityBot",
      "YandexFavicons",
      "YandexPagechecker",
      "YandexImageResizer",
      "YandexCalendar",
      "YandexSitelinks",
      "YandexWebmaster",
      "YandexScreenshotBot",
      "YandexMarket",
      "YandexOntoDB",
      "YandexVertis",
      "YandexTurbo",
      "YandexUserproxy",
      "YaDirectFetcher",
    ],
    "ai-training": ["YandexAdditional", "YandexAdditionalBot"],
    ads: ["YandexDirect", "YandexDirectDyn", "YandexAdNet", "YandexVerticals"],
    monitoring: ["YandexMetrika"],
  }),
  // The search engines' own pages on their crawlers
  ...of("DuckDuckGo", {
    search: ["DuckDuckBot", "DuckDuckBot-Https", "DuckDuckGo-Favicons-Bot"],
    "ai-assistant": ["DuckAssistBot"],
  }),
  ...of("Yahoo", { search: ["Yahoo! Slurp", ["Slurp", "Yahoo! Slurp"]], feed: ["YahooMailProxy"] }),
  ...of("Yahoo Japan", {
    search: ["Y!J-ASR", "Y!J-BRJ", "Y!J-BRW", "Y!J-BRY", "Y!J-PSC", "Y!J-WSC", ["Y!J-AGENT", "Y!J"], "Yahoo! JAPAN"],
  }),
  ...of("Sogou", {
    search: [
      ["Sogou web spider", "Sogou Spider"],
      "Sogou Pic Spider",
      "Sogou News Spider",
      ["Sogou inst spider", "Sogou Spider"],
    ],
  }),
  ...of("Qihoo 360", { search: ["360Spider", "360Spider-Image", "HaosouSpider"] }),
  ...of("Naver", { search: ["Yeti", "NaverBot"] }),
  ...of("Daum", { search: ["Daumoa", "Daum"] }),
  ...of("Seznam.cz", { search: ["SeznamBot", "SeznamScreenshotGenerator"] }),
  ...of("Qwant", { search: ["Qwantify", "Qwantbot", "Qwantbot-news"] }),
  ...of("Brave", { search: ["Bravebot", "Brave-SearchBot"] }),
  ...of("Mojeek", { search: ["MojeekBot"] }),
  ...of("Kagi", { search: ["Kagibot", "kagi-fetcher"] }),
  ...of("Cốc Cốc", { search: ["coccocbot-web", "coccocbot-image", "coccocbot", "coccoc", "imagecoccoc"] }),
  ...of("Marginalia", { search: ["search.marginalia.nu", "marginalia"] }),
  ...of("Mail.Ru", { search: ["Mail.RU_Bot"] }),
  ...of("Internet Archive", { archive: ["ia_archiver", "archive.org_bot", "heritrix"] }),
  // The pages that older search engines named in their crawlers' User-Agents
  ...of("NTT Resonant", { search: ["ichiro"] }),
  ...of("Tencent", { search: ["Sosospider"] }),
  ...of("NetEase", { search: ["YoudaoBot"] }),
  ...of("Blekko", { search: ["blekkobot"] }),
  ...of("Picsearch", {
    search: [
      ["psbot", "Picsearch bot"],
      ["psbot-image", "Picsearch bot"],
      ["psbot-page", "Picsearch bot"],
    ],
  }),
  ...of("Orange", { search: ["VoilaBot", "OrangeBot"] }),
  ...of("Ask.com", { search: ["Ask Jeeves", "Teoma"] }),
  ...of("SISTRIX", { search: ["SeekportBot", "Seekport Crawler"] }),
  ...of("Swisscows", { search: ["Swisscows", "SwisscowsBot"] }),
  ...of("Gigablast", { search: ["Gigabot", "GigablastOpenSource"] }),
  ...of("Open Search Foundation", { search: ["Owler"] }),
  ...of("Cliqz", { search: ["Cliqzbot"] }),
  ...of("Algolia", { search: ["Algolia Crawler"] }),
  ...of("Elastic", { search: ["Swiftbot"] }),
  ...of("Spawning", { "ai-data": ["Spawning-AI"] }),
  ...of("Big Sur AI", { "ai-assistant": ["bigsur.ai"] }),
  // The networks' pages on link previews
  ...of("X", { social: ["Twitterbot"] }),
  ...of("LinkedIn", { social: ["LinkedInBot"] }),
  ...of("Pinterest", { social: ["Pinterestbot"] }),
  ...of("Slack", { social: ["Slackbot", "Slackbot-LinkExpanding", "Slack-ImgProxy"] }),
  ...of("Discord", { social: ["Discordbot"] }),
  ...of("Telegram", { social: ["TelegramBot"] }),
  ...of("Reddit", { social: ["redditbot"] }),
  ...of("Snap", { social: [["Snap URL Preview Service", "Snap URL Preview"]] }),
  ...of("VK", { social: ["vkShare"] }),
  ...of("Viber", { social: ["Viber"] }),
  ...of("Tumblr", { social: ["Tumblr"] }),
  ...of("Flipboard", { social: ["FlipboardProxy", "FlipboardRSS"] }),
  ...of("Embedly", { social: ["Embedly"] }),
  ...of("Iframely", { social: ["Iframely"] }),
  ...of("Mastodon", { social: ["Mastodon"] }),
  ...of("Bluesky", { social: ["Cardyb"] }),
  // Pages of the vendors' help centres on their crawlers
  ...of("Ahrefs", { seo: ["AhrefsBot", "AhrefsSiteAudit"] }),
  ...of("Semrush", {
    seo: [
      "SemrushBot",
      "SemrushBot-SA",
      "SemrushBot-BA",
      "SemrushBot-SI",
      "SemrushBot-FT",
      "SiteAuditBot",
      "SplitSignalBot",
    ],
    "ai-assistant": ["SemrushBot-OCOB", "SemrushBot-SWA"],
  }),
  ...of("Moz", { seo: ["DotBot", "rogerbot"] }),
  ...of("Majestic", { seo: ["MJ12bot"] }),
  ...of("Webmeup", { seo: ["BLEXBot"] }),
  ...of("DataForSEO", { seo: ["DataForSeoBot"] }),
  ...of("SERanking", { seo: ["SERankingBacklinksBot", "SEBot-WA"] }),
  ...of("Serpstat", { seo: ["serpstatbot"] }),
  ...of("SISTRIX", { seo: ["SISTRIX Crawler", "SISTRIX Optimizer"] }),
  ...of("Screaming Frog", { seo: ["Screaming Frog SEO Spider"] }),
  ...of("Barkrowler", { seo: ["Barkrowler"] }),
  ...of("SEOkicks", { seo: ["SEOkicks", "SEOkicks-Robot"] }),
  ...of("Similarweb", { seo: ["SimilarTech"] }),
  ...of("BuiltWith", { seo: ["BuiltWith"] }),
  ...of("netEstate", { "ai-data": ["netEstate NE Crawler", "netEstate Imprint Crawler"] }),
  ...of("Linguee", { search: ["Linguee Bot"] }),
  ...of("ZoomInfo", { "ai-data": ["ZoominfoBot"] }),
  ...of("Criteo", { ads: ["CriteoBot"] }),
  ...of("Proximic", { ads: ["proximic"] }),
  ...of("Grapeshot", { ads: ["GrapeshotCrawler"] }),
  ...of("Integral Ad Science", { ads: ["IAS Crawler", "ias_crawler"] }),
  ...of("Uptime Robot", { monitoring: ["UptimeRobot"] }),
  ...of("Pingdom", { monitoring: [["Pingdom.com_bot_version", "Pingdom"], "PingdomPageSpeed", "PingdomTMS"] }),
  ...of("StatusCake", { monitoring: ["StatusCake"] }),
  ...of("Site24x7", { monitoring: ["Site24x7"] }),
  ...of("Better Stack", { monitoring: ["Better Uptime Bot", "Better Stack"] }),
  ...of("Datadog", { monitoring: ["DatadogSynthetics"] }),
  ...of("New Relic", { monitoring: ["NewRelicPinger"] }),
  ...of("Netcraft", { security: ["NetcraftSurveyAgent", "Netcraft"] }),
  ...of("Censys", { security: ["CensysInspect"] }),
  ...of("Palo Alto Networks", { security: ["Expanse"] }),
  ...of("Internet Measurement", { security: ["InternetMeasurement"] }),
  ...of("W3C", { tool: ["W3C_Validator", "W3C-checklink", "W3C_CSS_Validator"] }),
  ...of("Feedly", { feed: ["Feedly", "FeedlyBot"] }),
  ...of("Feedbin", { feed: ["Feedbin"] }),
  ...of("Inoreader", { feed: ["Inoreader", "inoreader.com"] }),
  ...of("NewsBlur", { feed: ["NewsBlur"] }),
  ...of("The Old Reader", { feed: ["theoldreader.com"] }),
  ...of(null, { feed: ["Tiny Tiny RSS", "FreshRSS", "Miniflux", "UniversalFeedParser"] }),
  // The libraries' own default User-Agents
  ...of(null, {
    tool: [
      "curl",
      "Wget",
      "python-requests",
      "Python-urllib",
      "aiohttp",
      "python-httpx",
      "Scrapy",
      "Go-http-client",
      "Apache-HttpClient",
      "okhttp",
      "axios",
      "node-fetch",
      "undici",
      "libwww-perl",
      "PostmanRuntime",
      "GuzzleHttp",
      "HeadlessChrome",
      "PhantomJS",
      "Puppeteer",
      "Playwright",
    ],
  }),
];
