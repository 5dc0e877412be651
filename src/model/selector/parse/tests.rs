//! What is a selector, and what is none.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn any_glob() -> impl Strategy<Value = Glob> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(Piece::Char),
        2 => prop::sample::select(vec!['&', '+', '*', '?', '\\', ' ', '!', ':', '=', '/', '@'])
            .prop_map(Piece::Char),
        1 => Just(Piece::One),
        1 => Just(Piece::Any),
        1 => Just(Piece::Deep),
    ];
    prop::collection::vec(piece, 1..12).prop_map(Glob::new)
}

fn any_test() -> impl Strategy<Value = Test> {
    let kind = || "[a-z][a-z0-9_]{0,8}";
    let changes = [Change::Create, Change::Update, Change::Replace, Change::Delete, Change::Grants];
    let path = any_glob().prop_map(|glob| {
        let pieces = [Piece::Char('/')].into_iter().chain(glob.pieces().iter().copied());
        let end = [Piece::Char('x')];
        Glob::new(pieces.chain(end))
    });
    prop_oneof![
        kind().prop_map(Test::Kind),
        (
            kind().prop_filter("a word", |kind| !["path", "action"].contains(&kind.as_str())),
            any_glob()
        )
            .prop_map(|(kind, key)| Test::Address(kind, key)),
        (r"[a-zA-Z=:&\\ .]{0,6}[a-zA-Z]", any_glob())
            .prop_map(|(name, value)| Test::Tag(name, value)),
        any_glob().prop_map(Test::Owner),
        (kind(), any_glob()).prop_map(|(kind, name)| Test::Of(kind, name)),
        path.prop_map(Test::Path),
        (1i16..9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Test::Before(date(y, m, d))),
        prop::sample::select(changes.to_vec()).prop_map(Test::Action),
    ]
}

fn any_term() -> impl Strategy<Value = Term> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any_test()).prop_map(
        |(negated, needs, dependents, test)| {
            let is_action = matches!(test, Test::Action(_));
            Term { negated, needs: needs && !is_action, dependents: dependents && !is_action, test }
        },
    )
}

proptest! {
    #[test]
    fn print_and_parse_are_inverse(terms in prop::collection::vec(any_term(), 1..4)) {
        let selector = Selector::new(terms).unwrap();
        let text = selector.to_string();
        prop_assert_eq!(text.parse::<Selector>().unwrap(), selector, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"[ !+a-z:=*?\\&/.]{0,20}") {
        if let Ok(selector) = text.parse::<Selector>() {
            prop_assert_eq!(selector.to_string().parse::<Selector>().unwrap(), selector);
        }
    }

    #[test]
    fn an_address_selects_itself(key in ".{1,20}") {
        let address = crate::model::Address::new("toy", key);
        let found: Selector = Selector::with_needs(&address).to_string().parse().unwrap();
        let Test::Address(_, glob) = &found.terms()[0].test else { panic!("{found}") };
        prop_assert!(glob.matches(&address.key) && found.terms()[0].needs);
    }
}

#[test]
fn reads_what_people_write() {
    for (text, printed) in [
        ("toy", "toy"),
        ("  toy:Daily ETL  ", "toy:Daily ETL"),
        ("tag.team = data&!+toy:x+", "tag.team=data & !+toy:x+"),
        ("owner=user:ana+x@x.com", "owner=user:ana+x@x.com"),
        ("+ of = group : data eng", "+of=group:data eng"),
        ("path:/Workspace/Shared/etl/", "path:/Shared/etl"),
        (r"toy:R\&D", r"toy:R\&D"),
        (r"toy:C+\+", r"toy:C+\+"),
        ("notebook:/Shared/**/l?ad", "notebook:/Shared/**/l?ad"),
        (r"tag.a\=b=c=d", r"tag.a\=b=c=d"),
        ("toy:***", "toy:**"),
        ("action:grants & cluster", "action:grants & cluster"),
        ("!before = 2025-05-07", "!before=2025-05-07"),
    ] {
        assert_eq!(text.parse::<Selector>().unwrap().to_string(), printed, "{text}");
    }
}

#[test]
fn says_where_and_what_is_expected() {
    let known = |kind: &str| kind == "toy";
    for (text, position, words) in [
        ("", 1, "KIND"),
        ("toy:", 5, "a name or a pattern"),
        ("toys:x", 1, "no kind `toys`"),
        ("toy & toys", 7, "no kind `toys`"),
        ("toy:R&D", 7, r"`\&` within a name"),
        ("toy &", 6, "KIND"),
        ("+!toy", 2, "`!` is expected before `+`"),
        ("team=data", 1, "tag.NAME=VALUE"),
        ("tag.=x", 1, "tag.NAME=VALUE"),
        ("of=ana", 4, "KIND:NAME"),
        ("of=toys:x", 4, "no kind `toys`"),
        ("of=toy:", 8, "a name or a pattern"),
        ("path:Shared", 6, "begins with `/`"),
        ("action:destroy", 8, "`create`"),
        ("+action:create", 2, "beside `+`"),
        ("before=2025-13-07", 8, "as 2025-05-17"),
        ("before=", 8, "as 2025-05-17"),
        ("toy:x\\", 7, "after the backslash"),
    ] {
        let error = Selector::parse(text, known).unwrap_err();
        assert_eq!(error.position, position, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
