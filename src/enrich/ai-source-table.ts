/** A place that AI assistants send visitors from. */
export interface AiPlace {
  /** A host; its subdomains count too. */
  readonly host: string;
  readonly source: string;
  /** The path begins with this, up to a slash or its end. */
  readonly path?: string;
  /** The query has this parameter with this value. */
  readonly query?: readonly [name: string, value: string];
}

const hosts = (source: string, ...names: readonly string[]): readonly AiPlace[] =>
  names.map((host) => ({ host, source }));

/**
 * Where assistants live, by the values that clients of the site-events API use. Each block names
 * where its facts come from.
 */
export const AI_PLACES: readonly AiPlace[] = [
  // Matomo's list of AI assistants (CC0), and the assistants' own addresses
  ...hosts("chatgpt", "chatgpt.com", "chat.openai.com", "labs.openai.com"),
  ...hosts("claude", "claude.ai"),
  ...hosts("perplexity", "perplexity.ai"),
  ...hosts("gemini", "gemini.google.com", "bard.google.com"),
  ...hosts("copilot", "copilot.microsoft.com", "copilot.cloud.microsoft", "m365.cloud.microsoft"),
  { host: "bing.com", path: "/chat", source: "copilot" },
  ...hosts("meta-ai", "meta.ai"),
  ...hosts("grok", "grok.com", "grok.x.ai"),
  { host: "x.com", path: "/i/grok", source: "grok" },
  { host: "twitter.com", path: "/i/grok", source: "grok" },
  ...hosts("deepseek", "chat.deepseek.com"),
  ...hosts("mistral", "chat.mistral.ai"),
  ...hosts("you", "you.com"),
  ...hosts("phind", "phind.com"),
  ...hosts("kagi", "assistant.kagi.com"),
  { host: "kagi.com", path: "/assistant", source: "kagi" },
  ...hosts("brave-leo", "leo.brave.com"),
  { host: "search.brave.com", path: "/ask", source: "brave-leo" },
  ...hosts("duckai", "duck.ai"),
  { host: "duckduckgo.com", query: ["ia", "chat"], source: "duckai" },
  ...hosts("poe", "poe.com"),
  ...hosts("character-ai", "character.ai"),
  ...hosts("iask", "iask.ai"),
  ...hosts("jasper", "app.jasper.ai"),
  ...hosts("notebooklm", "notebooklm.google.com"),
  ...hosts("qwen", "qwen.ai", "tongyi.aliyun.com"),
  ...hosts("writesonic", "app.writesonic.com"),
  ...hosts("chatglm", "chatglm.cn", "chat.z.ai"),
  ...hosts("ernie", "yiyan.baidu.com", "ai.baidu.com"),
  ...hosts("chatplus", "chatplus.com", "chat-gpt.org"),
  // The assistants' own addresses
  ...hosts("kimi", "kimi.com", "kimi.moonshot.cn"),
  ...hosts("doubao", "doubao.com"),
  ...hosts("pi", "pi.ai"),
  { host: "huggingface.co", path: "/chat", source: "huggingchat" },
  ...hosts("andi", "andisearch.com"),
  ...hosts("komo", "komo.ai"),
  ...hosts("felo", "felo.ai"),
  ...hosts("liner", "getliner.com", "liner.com"),
];

/** Apps on Android, by package: `android-app://com.openai.chatgpt/`. From their pages in the store. */
export const AI_APPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "com.openai.chatgpt": "chatgpt",
    "com.anthropic.claude": "claude",
    "ai.perplexity.app.android": "perplexity",
    "com.google.android.apps.bard": "gemini",
    "com.microsoft.copilot": "copilot",
    "ai.x.grok": "grok",
    "com.deepseek.chat": "deepseek",
    "ai.mistral.chat": "mistral",
    "com.poe.android": "poe",
    "ai.character.app": "character-ai",
    "com.facebook.stella": "meta-ai",
  }),
);

/** `utm_source` as assistants put it on their links (chatgpt.com does), in lower case and exactly. */
export const AI_UTM_SOURCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "chatgpt.com": "chatgpt",
    openai: "chatgpt",
    perplexity: "perplexity",
    "perplexity.ai": "perplexity",
    claude: "claude",
    "claude.ai": "claude",
    gemini: "gemini",
    copilot: "copilot",
    deepseek: "deepseek",
    mistral: "mistral",
    "meta.ai": "meta-ai",
  }),
);
