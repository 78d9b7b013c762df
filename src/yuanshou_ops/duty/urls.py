from django.urls import path

from yuanshou_ops.duty import views

app_name = "duty"
urlpatterns = [
    path("log", views.log, name="log"),
    path("log/add", views.log_add, name="log_add"),
    path("hand-overs", views.hand_overs, name="hand_overs"),
    path("hand-overs/add", views.hand_over_add, name="hand_over_add"),
    path("hand-overs/<int:pk>", views.hand_over, name="hand_over"),
    path("hand-overs/<int:pk>/take", views.take_over, name="take_over"),
    path("alerts", views.alert_list, name="alerts"),
    path("alerts/<str:key>", views.answer, name="answer"),
    path("find", views.find, name="search"),
]
