import { type TSchema, t } from "elysia";

/** What comes in. Where a field is optional, null and the empty text mean the same as leaving it out. */
const optional = <Schema extends TSchema>(schema: Schema) => t.Optional(t.Union([schema, t.Null()]));

const text = (maxLength: number, description: string) =>
  t.String({ maxLength, description, invalidMessage: `Must be a string of at most ${maxLength} characters` });

const Identifier = (description: string) => optional(text(200, description));
const Url = (description: string) => optional(text(2_048, description));
const Label = (description: string) => optional(text(100, description));

const Amount = (description: string, minimum: number) =>
  t.Number({
    minimum,
    multipleOf: 1,
    description,
    invalidMessage: `Must be a whole number of at least ${minimum}, in the currency's smallest unit`,
    openapi: { type: "integer", minimum },
  });

const ProgramId = optional(
  t.Union(
    [t.Number({ minimum: 1, multipleOf: 1, openapi: { type: "integer" } }), t.String({ pattern: "^\\d{0,15}$" })],
    {
      description: "The program, where nothing else tells it",
      invalidMessage: "Must be the number of a program",
    },
  ),
);

const AdditionalData = optional(
  t.Record(t.String(), t.Unknown(), {
    description:
      "Anything else, at most 16 KiB as JSON and 15 levels deep; `test_mode: true` makes it a test of `program_id`",
    invalidMessage: "Must be an object",
  }),
);

const ClickIds = optional(
  t.Array(text(200, "A click"), {
    maxItems: 100,
    description: "All clicks of the visitor, the newest last; the last 20 are looked at",
  }),
);

const origin = {
  click_id: Identifier("The click that it came from"),
  customer_key: Identifier("Your own id of the customer"),
  click_ids: ClickIds,
  program_id: ProgramId,
};

export const TrackClick = t.Object(
  {
    affiliate_url: Url(
      "The page that the visitor came to, with `?aff=` and the partner's code; required but for tests",
    ),
    page_url: Url("The page that the click is about; the `affiliate_url` when left out"),
    page_title: optional(t.String({ description: "Kept up to 500 characters" })),
    referrer_url: optional(t.String({ description: "Where the visitor came from; kept as text when it is no URL" })),
    session_id: Identifier("The visitor's session"),
    user_agent: optional(t.String({ description: "The visitor's, when the request is not the visitor's own" })),
    screen_resolution: Label("Such as 1920x1080"),
    viewport_size: Label("Such as 1440x900"),
    language: Label("Such as en-US"),
    timezone: Label("Such as Europe/Berlin"),
    existing_click_id: Identifier("The id of an earlier click of the visitor, which is kept"),
    geo_country: Label("Where the visitor is, when a server knows it"),
    geo_region: Label("Where the visitor is, when a server knows it"),
    geo_city: Label("Where the visitor is, when a server knows it"),
    device_type: Label("The visitor's device, when a server knows it"),
    device_os: Label("The visitor's operating system, when a server knows it"),
    browser_name: Label("The visitor's browser, when a server knows it"),
    program_id: ProgramId,
    additional_data: AdditionalData,
  },
  { $id: "TrackClick", additionalProperties: true, invalidMessage: "Invalid click" },
);
export type TrackClick = typeof TrackClick.static;

export const TrackLead = t.Object(
  {
    ...origin,
    email: optional(text(320, "Of the customer; only a salted hash is stored")),
    session_id: Identifier("The visitor's session"),
    page_url: Url("Where it happened"),
    additional_data: AdditionalData,
  },
  { $id: "TrackLead", additionalProperties: true, invalidMessage: "Invalid lead" },
);
export type TrackLead = typeof TrackLead.static;

export const TrackSale = t.Object(
  {
    transaction_id: Identifier("Your own id of the payment: the sale is stored once; required but for tests"),
    amount_cents: optional(Amount("The price in the currency's smallest unit; required but for tests", 1)),
    ...origin,
    currency: optional(
      t.String({
        pattern: "^(?:[A-Za-z]{3})?$",
        default: "USD",
        description: "ISO 4217",
        invalidMessage: 'Must be an ISO 4217 code such as "USD"',
      }),
    ),
    sale_type: optional(t.Union([t.Literal("payment"), t.Literal("subscription")], { default: "payment" })),
    is_recurring: optional(t.Boolean({ default: false, description: "Whether it renews a subscription" })),
    subscription_id: Identifier("Your own id of the subscription"),
    subscription_interval: Label("Such as monthly"),
    product_id: Identifier("Your own id of the product"),
    line_items: t.Optional(t.Unknown({ description: "What was sold: any JSON, at most 8 KiB and 15 levels deep" })),
    session_id: Identifier("The visitor's session"),
    additional_data: AdditionalData,
  },
  { $id: "TrackSale", additionalProperties: true, invalidMessage: "Invalid sale" },
);
export type TrackSale = typeof TrackSale.static;

export const TrackRefund = t.Object(
  {
    transaction_id: t.String({
      minLength: 1,
      maxLength: 200,
      description: "That of the sale",
      invalidMessage: "Must be a string of 1 to 200 characters",
    }),
    refund_amount_cents: optional(Amount("What is taken back; all that is left when left out or 0", 0)),
    refund_reason: optional(t.String({ description: "Kept up to 200 characters" })),
    refund_id: Identifier("Your own id of the refund, to tell two equal ones apart"),
    program_id: ProgramId,
    additional_data: AdditionalData,
  },
  { $id: "TrackRefund", additionalProperties: true, invalidMessage: "Invalid refund" },
);
export type TrackRefund = typeof TrackRefund.static;

const success = t.Literal(true);

/** The answer to every test event. */
export const TestTracked = t.Object(
  {
    success,
    message: t.String(),
    data: t.Object({ eventId: t.Integer(), programId: t.Integer(), test_mode: t.Literal(true) }),
  },
  { $id: "TestTracked" },
);

export const ClickTracked = t.Object(
  {
    success,
    click_id: t.String({ description: "To be kept in a cookie, and sent with what comes of the click" }),
    partner_code: t.String(),
    cookie_window_days: t.Integer({ description: "For how long" }),
  },
  { $id: "ClickTracked" },
);

export const LeadTracked = t.Object({ success, message: t.String() }, { $id: "LeadTracked" });

export const SaleTracked = t.Object(
  { success, sale_id: t.Integer(), commission_id: t.Null(), message: t.String() },
  { $id: "SaleTracked" },
);

export const RefundTracked = t.Object(
  {
    success,
    sale_id: t.Integer(),
    commission_id: t.Null(),
    payment_status: t.String(),
    refunded_amount_cents: t.Integer({ description: "All that has been refunded of the sale" }),
    message: t.String(),
  },
  { $id: "RefundTracked" },
);
