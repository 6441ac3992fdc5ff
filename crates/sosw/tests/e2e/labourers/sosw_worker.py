"""A labourer as users of sosw 0.7 wrote it, unchanged."""
from sosw.app import LambdaGlobals, get_lambda_handler
from sosw.worker import Worker


class Doubler(Worker):
    def __call__(self, event):
        self.stats["numbers"] = len(event["ns"])
        self.result["doubled"] = [2 * int(n) for n in event["ns"]]
        super().__call__(event)


global_vars = LambdaGlobals()
lambda_handler = get_lambda_handler(Doubler, global_vars)
