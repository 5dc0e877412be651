//! What Acme's data is about, and the notebooks which are written once for all of it.

/// One kind of data: where it comes from and what a row holds.
pub(super) struct Dataset {
    pub(super) name: &'static str,
    key: &'static str,
    time: &'static str,
    category: &'static str,
    measure: &'static str,
    source: &'static str,
}

const fn dataset(
    name: &'static str,
    key: &'static str,
    time: &'static str,
    category: &'static str,
    measure: &'static str,
    source: &'static str,
) -> Dataset {
    Dataset { name, key, time, category, measure, source }
}

/// All data of Acme.
pub(super) const DATASETS: [Dataset; 10] = [
    dataset("orders", "order_id", "ordered_at", "channel", "amount", "s3://acme-raw/shop/orders/"),
    dataset(
        "customers",
        "customer_id",
        "changed_at",
        "segment",
        "lifetime_value",
        "s3://acme-raw/crm/customers/",
    ),
    dataset(
        "shipments",
        "shipment_id",
        "shipped_at",
        "carrier",
        "weight_kg",
        "s3://acme-raw/wms/shipments/",
    ),
    dataset(
        "invoices",
        "invoice_id",
        "invoiced_at",
        "currency",
        "net_amount",
        "/mnt/erp/invoices/",
    ),
    dataset(
        "inventory",
        "sku",
        "counted_at",
        "warehouse",
        "quantity",
        "s3://acme-raw/wms/inventory/",
    ),
    dataset(
        "web_events",
        "event_id",
        "event_time",
        "page",
        "dwell_ms",
        "s3://acme-raw/web/events/",
    ),
    dataset(
        "returns",
        "return_id",
        "returned_at",
        "reason",
        "refund",
        "s3://acme-raw/shop/returns/",
    ),
    dataset("suppliers", "supplier_id", "changed_at", "country", "rating", "/mnt/erp/suppliers/"),
    dataset(
        "tickets",
        "ticket_id",
        "opened_at",
        "queue",
        "minutes_to_close",
        "s3://acme-raw/helpdesk/tickets/",
    ),
    dataset("payments", "payment_id", "paid_at", "method", "amount", "s3://acme-raw/psp/payments/"),
];

/// The models, each with the data it learns from.
pub(super) const MODELS: [(&str, usize); 5] =
    [("churn", 1), ("demand", 4), ("fraud", 9), ("returns_risk", 6), ("ticket_routing", 8)];

impl Dataset {
    /// A notebook's text with this data filled in.
    pub(super) fn fill(&self, template: &str) -> String {
        template
            .replace("__DATASET__", self.name)
            .replace("__KEY__", self.key)
            .replace("__TIME__", self.time)
            .replace("__CATEGORY__", self.category)
            .replace("__MEASURE__", self.measure)
            .replace("__SOURCE__", self.source)
    }
}
