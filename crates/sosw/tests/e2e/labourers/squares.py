"""A labourer that goes through the tasks of a block by itself, without any library."""


def lambda_handler(event, context):
    results, failures = {}, []
    for task in event["tasks"]:
        try:
            results[task["task_id"]] = {"square": int(task["ns"][0]) ** 2}
        except ValueError as error:
            error = {"kind": "NotANumber", "message": str(error)}
            failures.append({"task_id": task["task_id"], "error": error})
    return {"failures": failures, "results": results}
