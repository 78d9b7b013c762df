from django.urls import path

from yuanshou_ops.shipments import packing_views, paper_views, views

app_name = "shipments"
urlpatterns = [
    path("", views.shipments, name="shipments"),
    path("add", views.shipment_add, name="shipment_add"),
    path("s/<str:number>", views.shipment, name="shipment"),
    path("s/<str:number>/milestone", views.milestone, name="milestone"),
    path("s/<str:number>/receive", views.shipment_receive, name="shipment_receive"),
    path("s/<str:number>/close", views.shipment_close, name="shipment_close"),
    path("s/<str:number>/code", views.shipment_code, name="shipment_code"),
    path("s/<str:number>/packages", packing_views.packages, name="packages"),
    path("s/<str:number>/lines/<int:line>/recalled", views.recalled, name="recalled"),
    path("s/<str:number>/papers/<str:kind>", paper_views.paper, name="paper"),
    path("s/<str:number>/papers/<str:kind>/issue", paper_views.paper_issue, name="paper_issue"),
    path("s/<str:number>/papers/<str:kind>/<int:version>/<str:language>.pdf", paper_views.paper_pdf, name="paper_pdf"),
    path("s/<str:number>/<str:step>", views.shipment_step, name="shipment_step"),
    path("discrepancies", views.discrepancies, name="discrepancies"),
    path("discrepancies/<int:pk>", views.discrepancy, name="discrepancy"),
    path("discrepancies/<int:pk>/<str:step>", views.discrepancy_step, name="discrepancy_step"),
]
