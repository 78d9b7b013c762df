from django.urls import path

from yuanshou_ops.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.stock, name="stock"),
    path("in", views.stock_in, name="stock_in"),
    path("accounts/<int:pk>", views.account, name="account"),
    path("accounts/<int:pk>/stocktake", views.stocktake, name="stocktake"),
    path("accounts/<int:pk>/transfer", views.transfer, name="transfer"),
    path("accounts/<int:pk>/use", views.consume, name="consume"),
    path("accounts/<int:pk>/write-off", views.write_off_propose, name="write_off_propose"),
    path("moves", views.moves, name="moves"),
    path("moves/<int:pk>", views.move, name="move"),
    path("moves/<int:pk>/reverse", views.reverse_move, name="reverse_move"),
    path("lots/<int:pk>", views.lot, name="lot"),
    path("lots/<int:pk>/recall", views.recall_lot, name="recall_lot"),
    path("recalls", views.recalls_list, name="recalls"),
    path("recalls/answers/<int:pk>", views.recall_answer, name="recall_answer"),
    path("recalls/<str:number>", views.recall, name="recall"),
    path("recalls/<str:number>/propose-release", views.recall_release_propose, name="recall_release_propose"),
    path("recalls/<str:number>/release", views.recall_release, name="recall_release"),
    path("write-offs", views.write_offs, name="write_offs"),
    path("write-offs/<int:pk>", views.write_off, name="write_off"),
    path("write-offs/<int:pk>/decide", views.write_off_decide, name="write_off_decide"),
    path("books", views.books, name="books"),
]
