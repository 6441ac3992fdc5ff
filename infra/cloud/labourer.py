"""A labourer without any code of sosw: what it returns or raises is reported by its destinations."""


def handler(event, context):
    word, attempt = event["words"][0], event["sosw"]["attempt"]
    # The first so many attempts at the tasks of a group.
    if attempt <= event.get("fails", 0):
        raise RuntimeError(f"attempt {attempt} at {word} fails, as its job says")
    return {"word": word, "attempt": attempt}
