//! What the author of a config may have meant.

use serde_json::Value;

/// The known word nearest to `word`, if it is near enough to be a slip.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let slips = (1 + word.chars().count() / 5).min(3);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= slips && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `, did you mean …?`, or nothing.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or(String::new(), |meant| format!(", did you mean {meant}?"))
}

/// The section of the config that has a field `key`, when it stands in the wrong one.
pub(super) fn home_of(key: &str, schema: &Value) -> Option<String> {
    let sections = [
        ("the top", schema.pointer("/properties")),
        ("task_config", schema.pointer("/$defs/TaskConfig/properties")),
        ("labourers.NAME", schema.pointer("/$defs/Labourer/properties")),
        ("local", schema.pointer("/$defs/Local/properties")),
        ("local.labourers.NAME", schema.pointer("/$defs/LocalLabourer/properties")),
        ("details", schema.pointer("/$defs/Details/properties")),
    ];
    let has = |fields: Option<&Value>| {
        fields
            .and_then(|fields| fields.get(key))
            .is_some_and(|field| field.get("deprecated").is_none())
    };
    let (section, _) = sections.into_iter().find(|(_, fields)| has(*fields))?;
    Some(section.into())
}
